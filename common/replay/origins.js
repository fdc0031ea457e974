// Who wrote this? A target is a byte of a register or of memory, {register, lane} or {physical}, as
// it is at a step. Its origin is the instruction that wrote it, and the sources are the targets that
// the byte came from, as they were then.

const GENERAL = ["ax", "bx", "cx", "dx", "sp", "bp", "si", "di"];
const WRITES_NOTHING = /^(cmp|test|push|j|call|int|out|bt |nop|loop|cli|sti|hlt|ret|iret)/;
const ONLY_WRITES = /^(mov|lods|pop|lea|in |stos|ins|set|l[gi]dt|l[defgs]s)/;

// A register's name in an instruction, as the record calls it, and which of its bytes are meant.
function namedRegister(text) {
    const high = /^([abcd])h$/.exec(text), low = /^([abcd]|si|di|bp|sp)l$/.exec(text);
    if (high)
        return {register: `r${high[1]}x`, lane: 1, size: 1};
    if (low)
        return {register: low[1].length === 1 ? `r${low[1]}x` : `r${low[1]}`, lane: 0, size: 1};
    const numbered = /^(r\d+)([bwd]?)[lL]?$/.exec(text);
    if (numbered)
        return {register: numbered[1], lane: 0, size: {b: 1, w: 2, d: 4, "": 8}[numbered[2]]};
    const name = text.replace(/^[er](?=[a-d]x|.[pi]$)/, "");
    if (GENERAL.includes(name))
        return {register: `r${name}`, lane: 0, size: text[0] === "e" ? 4 : text[0] === "r" ? 8 : 2};
    return /^([c-gs]s|cr\d)$/.test(text) ? {register: text, lane: 0, size: 8} : null;
}

// The parts of an instruction's text: its name without a prefix, and its operands.
function parse(text) {
    const [, name, rest] = /^(?:(?:rep|repe|repne|repz|repnz|lock) )*(\S+) ?(.*)$/.exec(text);
    return {name: `${name} `, operands: rest ? rest.split(", ") : []};
}

class Origins {
    constructor(record) {
        this.record = record;
        this.destination = record.texts.map(text => {
            const {name, operands} = parse(text);
            return operands.length && !WRITES_NOTHING.test(name) ? namedRegister(operands[0]) : null;
        });
    }

    byte(target, step) {
        if (target.register)
            return Number(this.record.register(target.register, step) >> BigInt(8 * target.lane) & 0xFFn);
        return this.record.byte(target.physical, step);
    }

    // The step of the instruction that has written a target as it is at a step; null if none has.
    writer(target, step) {
        const {record} = this;
        if (target.physical !== undefined) {
            const access = record.writer(target.physical, step);
            return access < 0 ? null : record.access.step[access];
        }
        // The last change of the byte; or an instruction after that which has written the same again.
        const {steps} = record.changes[target.register], now = this.byte(target, step);
        let change = record.change(target.register, step);
        while (change > 0 && this.byte(target, steps[change] - 1) === now)
            change--;
        for (let later = step - 1; later >= steps[change]; later--) {
            const to = this.destination[record.code[later]];
            if (to?.register === target.register && target.lane >= to.lane && target.lane < (to.size === 4 ? 8 : to.lane + to.size))
                return later;
        }
        return change > 0 ? steps[change] - 1 : null;
    }

    // The targets that a byte came from, which an instruction wrote; the likeliest one first. What
    // is not a target is only described in words.
    sources(target, step) {
        const {record} = this, {name, operands} = parse(record.text(step));
        const written = record.writer(target.physical ?? 0, step + 1), to = namedRegister(operands[0] ?? "");
        const lane = target.register ? target.lane - (to?.register === target.register ? to.lane : 0)
            : target.physical - record.access.physical[written];
        const found = [];
        const register = text => {
            const named = namedRegister(text);
            if (named)
                found.push({...named, lane: named.lane + Math.min(lane, named.size - 1), words: text});
        };
        if (/^call|^int /.test(name))
            return [{words: "the address to return to, which the CPU pushes"}];
        if (/^ins|^in /.test(name))
            return [{words: portName(record.number("rdx", step) & 0xFFFF)}];
        if (/^(rdmsr|wrmsr)/.test(name))
            ["edx", "eax", "ecx"].forEach(register);
        if (/^(mul|imul|div|idiv|cdq|cwd|cbw)/.test(name) && operands.length < 2)
            ["eax", "edx"].forEach(register);
        const [first, end] = record.accessesOf(step), {kind, physical, size} = record.access;
        for (let i = first; i < end; i++)
            if (kind[i] === READ) {
                const byte = physical[i] + Math.min(lane, size[i] - 1);
                found.push({physical: byte, words: `memory at ${hex(byte)}`});
            }
        operands.forEach((operand, place) => {
            if (place === 0 && operands.length > 1 && ONLY_WRITES.test(name) || place === 0 && /^(pop|set)/.test(name))
                return;
            if (/^0x\w+$/.test(operand) && !/^(j|loop)/.test(name))
                found.push({words: `the number ${hex(BigInt(operand))}, which is in the instruction itself`});
            else if (/^lea/.test(name))
                (operand.match(/\b[a-z]\w+\b(?!:)/g) ?? []).forEach(register);
            else
                register(operand);
        });
        const byte = this.byte(target, step + 1);
        const doubt = source => !this.isTarget(source) ? 2 : this.byte(source, step) === byte ? 0 : 1;
        return found.sort((one, other) => doubt(one) - doubt(other));
    }

    // Of a register, or of some bytes of memory, the byte that was written last.
    latestOfRegister(register, step) {
        const change = this.record.change(register, step), {values} = this.record.changes[register];
        let lane = 0;
        for (let difference = change ? values[change] ^ values[change - 1] : 0n; difference && !(difference & 0xFFn); difference >>= 8n)
            lane++;
        return {register, lane};
    }

    latestOfMemory(physical, size, step) {
        let found = physical;
        for (let byte = physical + 1; byte < physical + size; byte++)
            if (this.record.writer(byte, step) > this.record.writer(found, step))
                found = byte;
        return {physical: found};
    }

    isTarget(source) {
        return source.register !== undefined || source.physical !== undefined;
    }
}
