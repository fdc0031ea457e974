// What the bits of a PC mean (Intel SDM vol. 3), as common/recorder/machine.py knows it for the
// tools that run outside a browser.

const hex = (number, digits = 0) => "0x" + number.toString(16).padStart(digits, "0");
const digits = (number, count = 0) => number.toString(16).padStart(count, "0");
const count = (number, what) => `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;
const bit = (value, number) => Number(BigInt(value) >> BigInt(number) & 1n);

// The two halves of a segment register's descriptor, as the CPU has cached it.
function cached(record, name, step) {
    const both = record.register(`${name}.descriptor`, step);
    return {high: Number(both >> 32n), low: Number(both & 0xFFFFFFFFn)};
}

function isLong(record, step) {
    return bit(record.register("efer", step), 10) === 1;
}

function mode(record, step) {
    const {high} = cached(record, "cs", step);
    if (!bit(record.register("cr0", step), 0))
        return "real mode";
    if (isLong(record, step))
        return bit(high, 21) ? "64-bit mode" : "compatibility mode";
    return `protected mode, ${bit(high, 22) ? 32 : 16}-bit`;
}

// How many bits code has.
function width(record, step) {
    const {high} = cached(record, "cs", step);
    return isLong(record, step) && bit(high, 21) ? 64 : bit(high, 22) ? 32 : 16;
}

function baseAndLimit(high, low) {
    const limit = high & 0xF0000 | low & 0xFFFF;
    return {base: (high & 0xFF000000 | (high & 0xFF) << 16 | low >>> 16) >>> 0,
            limit: (bit(high, 23) ? limit << 12 | 0xFFF : limit) >>> 0};
}

const SYSTEM_KINDS = {2: "LDT", 9: "TSS", 11: "TSS, busy", 12: "call gate", 14: "interrupt gate", 15: "trap gate"};

function segmentKind(high, low) {
    if (!high && !low)
        return "empty";
    const level = high >> 13 & 3, rights = (level ? `, privilege level ${level}` : "") + (bit(high, 15) ? "" : ", not present");
    if (!bit(high, 12))
        return (SYSTEM_KINDS[high >> 8 & 15] ?? `system descriptor of type ${high >> 8 & 15}`) + rights;
    if (bit(high, 11))
        return ["16-bit", "64-bit", "32-bit", "L and D set: reserved,"][bit(high, 21) + 2 * bit(high, 22)] + " code" +
            (bit(high, 9) ? ", readable" : "") + rights;
    return "data, " + (bit(high, 9) ? "writable" : "read-only") + (bit(high, 10) ? ", expand-down" : "") + rights;
}

// The levels of the tables that CR3 points to: name, lowest bit of the index, its bits, bytes of an entry.
function levels(record, step) {
    if (bit(record.register("efer", step), 8))
        return [["PML4", 39, 9, 8], ["PDPT", 30, 9, 8], ["PD", 21, 9, 8], ["PT", 12, 9, 8]];
    if (bit(record.register("cr4", step), 5))
        return [["PDPT", 30, 2, 8], ["PD", 21, 9, 8], ["PT", 12, 9, 8]];
    return [["PD", 22, 10, 4], ["PT", 12, 10, 4]];
}

const paging = (record, step) => bit(record.register("cr0", step), 31) === 1;
const ADDRESS = (1n << 52n) - (1n << 12n); // of an entry: the next table, or the page
// Where CR3 says that the first table is. The four entries of PAE without long mode need no page of their own.
const root = (record, step) => record.register("cr3", step) & (levels(record, step)[0][2] === 2 ? 0xFFFFFFE0n : ADDRESS);
const isPage = (name, entry) => name === "PT" || (name === "PDPT" || name === "PD") && bit(entry, 7) === 1;

// A linear address's (a BigInt's) way through the page tables: an entry of each level, and the
// physical address at its end, or null where it ends early.
function walk(record, linear, step) {
    const way = [];
    let table = root(record, step);
    for (const [name, shift, bits, size] of levels(record, step)) {
        const index = Number(linear >> BigInt(shift) & (1n << BigInt(bits)) - 1n);
        const place = Number(table) + size * index;
        const entry = record.value(place, size, step);
        way.push({name, place, index, entry, size});
        if (entry === null || !(entry & 1n))
            return {way, physical: null};
        const inPage = (1n << BigInt(shift)) - 1n;
        if (isPage(name, entry))
            return {way, physical: Number(entry & ADDRESS & ~inPage | linear & inPage)};
        table = entry & ADDRESS;
    }
    return {way, physical: null};
}

// The physical address of a linear one, or null.
function physicalOf(record, linear, step) {
    if (paging(record, step))
        return walk(record, linear, step).physical;
    return linear < 1n << 32n ? Number(linear) : null;
}

function entryRights(entry) {
    return (bit(entry, 1) ? "writable" : "read-only") + (bit(entry, 2) ? ", user" : "") + (bit(entry, 63) ? ", not executable" : "");
}

function entryKind(name, entry) {
    if (entry === null)
        return "not known: nobody has read or written it";
    if (!(entry & 1n))
        return "not present";
    return `${isPage(name, entry) ? "page" : "table"} at ${hex(entry & ADDRESS)}, ${entryRights(entry)}`;
}

// All that is mapped: ranges of linear addresses that lie side by side on both sides, with the same rights.
function mappings(record, step, most) {
    const found = [];
    const look = (table, depth, linear, all) => {
        const [name, shift, bits, size] = all[depth];
        for (let index = 0; index < 1 << bits && found.length <= most; index++) {
            const entry = record.value(table + size * index, size, step);
            if (entry === null || !(entry & 1n))
                continue;
            let start = linear | BigInt(index) << BigInt(shift);
            if (shift === 39 && index > 255)
                start |= 0xFFFFn << 48n;
            if (!isPage(name, entry)) {
                look(Number(entry & ADDRESS), depth + 1, start, all);
                continue;
            }
            const bytes = 1n << BigInt(shift), physical = entry & ADDRESS & ~(bytes - 1n), rights = entryRights(entry);
            const last = found.at(-1);
            if (last && last.end === start && last.physical + (last.end - last.start) === physical && last.rights === rights)
                last.end += bytes;
            else
                found.push({start, end: start + bytes, physical, rights});
        }
    };
    look(Number(root(record, step)), 0, 0n, levels(record, step));
    return found;
}

// A page fault's error code in words (SDM vol. 3, "Interrupt 14").
function pageFault(error) {
    const access = error & 16 ? "fetching an instruction from" : error & 2 ? "writing to" : "reading from";
    if (error & 8)
        return `${access} an address with a reserved bit set on the way`;
    return access + (error & 1 ? " a page that does not allow it" : " an address that is not mapped");
}

// What happened after an instruction, in words.
function interruptWords(record, [, exception, vector, error]) {
    if (!exception)
        return `interrupt ${hex(vector, 2)}`;
    const [short, name] = record.exceptions[vector] ?? [`#${vector}`, "exception"];
    const code = [8, 10, 11, 12, 13, 14].includes(vector) ? `, error code ${hex(error)}` : "";
    return `${short}, ${name}${code}${vector === 14 ? `: ${pageFault(error)}` : ""}`;
}
