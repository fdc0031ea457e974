// Reads the record, and answers what the state was at any time.
//
// Time is counted in steps: at step t the CPU is about to run its instruction number t, and what
// that does is visible at t + 1. Everything that changes is kept as a list of changes, and bisection
// finds what was true at a step: so any step is as near as the next one.

const READ = 0, WRITE = 1, WALK = 2, MARK = 3; // kinds of accesses
const UNKNOWN = -1; // memory of which nothing was seen

class RecordOfBoot {
    constructor(bytes) {
        const length = new DataView(bytes.buffer).getUint32(0, true);
        Object.assign(this, JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))));
        this.before = bytes.subarray(4 + length, 4 + length + this.memory); // the lowest memory at step 0
        const columns = {};
        let start = 4 + length + this.memory;
        for (const [name, count] of this.columns) {
            columns[name] = column(bytes, start, count);
            start += 4 * count;
        }
        const both = name => wide(columns[`${name}.low`], columns[`${name}.high`]);
        this.code = columns["code"]; // of each step its instruction, as an index to what follows
        this.physical = columns["code.physical"];
        this.selector = columns["code.selector"];
        this.offset = both("code.offset");
        this.linear = both("code.linear");
        this.file = columns["code.file"];
        this.line = columns["code.line"];
        this.changes = {};
        for (const name of this.registers)
            this.changes[name] = {steps: columns[`${name}.step`], values: both(name)};
        this.access = {
            step: columns["access.step"], kind: columns["access.kind"], size: columns["access.size"],
            physical: columns["access.physical"], table: columns["access.table"], linear: both("access.linear"), value: both("access")};
        this.index();
    }

    // The accesses by the 8 bytes that they begin in: what was written, and what was read.
    index() {
        this.writes = new Map();
        this.reads = new Map();
        const {physical, kind} = this.access;
        for (let i = 0; i < physical.length; i++) {
            const written = kind[i] === WRITE || kind[i] === MARK;
            if (!written && physical[i] < this.memory)
                continue; // known anyway
            const cells = written ? this.writes : this.reads, cell = physical[i] >>> 3;
            if (cells.has(cell))
                cells.get(cell).push(i);
            else
                cells.set(cell, [i]);
        }
        this.codeBytes = new Map(); // of code in higher memory that nobody has written before it ran
        const seen = new Set();
        this.code.forEach((code, step) => {
            if (seen.has(code) || this.physical[code] < this.memory)
                return;
            seen.add(code);
            for (let i = 0; i < this.bytes[code].length / 2; i++)
                if (this.writer(this.physical[code] + i, step) < 0)
                    this.codeBytes.set(this.physical[code] + i, parseInt(this.bytes[code].substr(2 * i, 2), 16));
        });
    }

    // The change that gave a register the value that it has at a step: an index.
    change(name, step) {
        return below(this.changes[name].steps, step + 1) - 1;
    }

    register(name, step) {
        return this.changes[name].values[this.change(name, step)];
    }

    number(name, step) {
        return Number(this.register(name, step));
    }

    // The accesses of a step: the first one, and the one after the last.
    accessesOf(step) {
        return [below(this.access.step, step), below(this.access.step, step + 1)];
    }

    covers(access, physical) {
        const start = this.access.physical[access];
        return start <= physical && physical < start + this.access.size[access];
    }

    byteOf(access, physical) {
        return Number(this.access.value[access] >> BigInt(8 * (physical - this.access.physical[access])) & 0xFFn);
    }

    // The last access before a step that has written the byte at a physical address, or -1.
    writer(physical, step) {
        const end = below(this.access.step, step);
        let found = -1;
        for (let cell = (physical >>> 3) - 1; cell <= physical >>> 3; cell++) {
            const list = this.writes.get(cell);
            for (let i = list ? below(list, end) - 1 : -1; i >= 0 && list[i] > found; i--)
                if (this.covers(list[i], physical))
                    found = list[i];
        }
        return found;
    }

    // The byte at a physical address. What was never written is as it was when the record began.
    // Above the lowest memory, that is known only if the byte was read, or run.
    byte(physical, step) {
        const writer = this.writer(physical, step);
        if (writer >= 0)
            return this.byteOf(writer, physical);
        if (physical < this.memory)
            return this.before[physical];
        for (let cell = (physical >>> 3) - 1; cell <= physical >>> 3; cell++) {
            const list = this.reads.get(cell) ?? [];
            const read = list.find(each => this.covers(each, physical) && this.writer(physical, this.access.step[each]) < 0);
            if (read !== undefined)
                return this.byteOf(read, physical);
        }
        return this.codeBytes.get(physical) ?? UNKNOWN;
    }

    // A number of some bytes in memory, or null if one of them is not known.
    value(physical, size, step) {
        let value = 0n;
        for (let i = size - 1; i >= 0; i--) {
            const byte = this.byte(physical + i, step);
            if (byte === UNKNOWN)
                return null;
            value = value << 8n | BigInt(byte);
        }
        return value;
    }

    text(step) {
        return this.texts[this.code[step]];
    }

    isFirmware(step) {
        const physical = this.physical[this.code[step]];
        return this.firmware.some(([start, end]) => start <= physical && physical < end);
    }

    // A source line as a number: 0 where there is none.
    place(step) {
        const code = this.code[step];
        return this.file[code] << 16 | this.line[code];
    }

    // "long_mode+0x3, boot/long_mode.asm:12"
    where(step) {
        const code = this.code[step], name = this.names[code];
        const line = this.file[code] ? `${this.files[this.file[code] - 1].name}:${this.line[code]}` : "";
        return [name, line].filter(Boolean).join(", ") || (this.isFirmware(step) ? "the BIOS" : hex(this.linear[code]));
    }
}
