// The panels of the CPU's tables: GDT, IDT, page tables.

const SELECTORS = ["cs", "ss", "ds", "es", "fs", "gs"];

Object.assign(SHOW, {
    gdt(panel, step, before) {
        const {record} = replay, long = isLong(record, step), isProtected = bit(record.register("cr0", step), 0);
        descriptors(panel, "gdtr", step, before, (value, next) => {
            const high = Number(value >> 32n), low = Number(value & 0xFFFFFFFFn), {base, limit} = baseAndLimit(high, low);
            const system = high && !bit(high, 12);
            const whole = long && system && next !== null ? BigInt(base) | (next & 0xFFFFFFFFn) << 32n : base;
            return [segmentKind(high, low), value ? `base ${hex(whole)}, limit ${hex(limit)}` : "", long && system];
        }, number => isProtected ? SELECTORS.filter(name => record.number(name, step) >> 3 === number).join(", ") : "");
    },

    idt(panel, step, before) {
        const {record} = replay, long = isLong(record, step), isReal = !bit(record.register("cr0", step), 0);
        if (isReal) {
            const base = record.number("idtr.base", step);
            const rows = Array.from({length: 32}, (_, vector) => {
                const value = record.value(base + 4 * vector, 4, step);
                const handler = value === null ? "" : `${digits(value >> 16n, 4)}:${digits(value & 0xFFFFn, 4)}`;
                return [hex(vector, 2), memoryButton(base + 4 * vector, 4, step, before), handler];
            });
            return show(panel, note("In real mode: a segment and an offset for each interrupt."), table(["vector", "entry", "goes to"], rows));
        }
        descriptors(panel, "idtr", step, before, (value, next) => {
            const offset = value & 0xFFFFn | value >> 32n & 0xFFFF0000n | (long && next !== null ? (next & 0xFFFFFFFFn) << 32n : 0n);
            const high = Number(value >> 32n);
            const handler = `${digits(value >> 16n & 0xFFFFn, 4)}:${hex(offset)} ${symbolAt(offset)}`;
            return value ? [segmentKind(high, 0), handler, long] : ["empty", "", long];
        }, () => "");
    },

    pages(panel, step, before) {
        const {record} = replay, form = panel.querySelector("form"), shown = panel.querySelector(".shown");
        if (!bit(record.register("cr0", step), 31))
            return show(shown, note("Paging is off (CR0.PG is clear): a linear address is a physical one."));
        const linear = addressOf(form.address.value, step);
        form.address.setAttribute("aria-invalid", linear === null);
        if (linear === null)
            return;
        const {way, physical} = walk(record, linear & (1n << 64n) - 1n, step);
        const most = 40, all = mappings(record, step, most), at = hex(linear);
        show(shown, table(["table", "entry", "at", "value", "is"], way.map(({name, place, index, entry, size}) =>
            [name, `${index}`, hex(place), memoryButton(place, size, step, before), entryKind(name, entry)])),
            element("p", {}, physical === null ? `${at} is not mapped.` : `${at} is at the physical address ${hex(physical)}.`),
            element("h3", {}, "All that is mapped"), table(["linear", "to", "physical", "rights"], all.slice(0, most).map(range =>
                [hex(range.start), hex(range.end - 1n), hex(range.physical), range.rights])), all.length > most ? note("… and more") : "");
    },
});

// A table of descriptors of 8 bytes, some of which have 16.
function descriptors(panel, register, step, before, words, users) {
    const {record} = replay, base = record.register(`${register}.base`, step), entries = record.number(`${register}.limit`, step) + 1 >> 3;
    const rows = [];
    for (let number = 0; number < Math.min(entries, 64); number++) {
        const physical = physicalOf(record, base + BigInt(8 * number), step);
        const value = physical === null ? null : record.value(physical, 8, step);
        const [kind, more, doubled] = words(value ?? 0n, value === null ? null : record.value(physical + 8, 8, step));
        const name = hex(register === "idtr" ? number >> Number(doubled) : 8 * number, 2);
        if (value !== null)
            rows.push([name, memoryButton(physical, 8, step, before), kind, more, users(number)]);
        else if (rows.at(-1)?.[1] !== NOT_KNOWN) // one row for all until the next one that is known
            rows.push([name, NOT_KNOWN, "", "", ""]);
        number += Number(doubled);
    }
    show(panel, note(`${register.toUpperCase()}: base ${hex(base)}, limit ${hex(record.register(`${register}.limit`, step))}`),
        rows.length ? table([register === "idtr" ? "vector" : "selector", "value", "kind", "", ""], rows)
            : note("There is no table: any interrupt or exception ends in a triple fault."));
}
