// The panels: registers, segments, stack, memory, serial port.

const PANELS = {registers: "Registers", segments: "Segments", stack: "Stack", memory: "Memory", gdt: "GDT", idt: "IDT", pages: "Pages",
    serial: "Serial port"};
const NAMES = ["rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"];
const FLAGS_SHOWN = ["CF", "PF", "AF", "ZF", "SF", "TF", "IF", "DF", "OF"];

const table = (heads, rows) => element("table", {},
    element("thead", {}, element("tr", {}, ...heads.map(head => element("th", {scope: "col"}, head)))),
    element("tbody", {}, ...rows.map(cells => element("tr", {}, ...cells.map(cell => element("td", {}, cell))))));
const NOT_KNOWN = "not mapped, or not known";
const note = text => element("p", {class: "dim"}, text);

// A register as a button. Zeros in front are paler.
function registerButton(name, step, before, size, label = name) {
    const {record} = replay, value = record.register(name, step), fresh = value !== record.register(name, before);
    const text = digits(value, size), pale = /^0*(?=.)/.exec(text)[0].length;
    const button = askable({register: name}, "", {class: `register ${fresh ? "fresh" : ""}`,
        "aria-label": `${label} ${hex(value)}${fresh ? ", just changed" : ""}`});
    button.append(element("b", {}, label), " ", element("span", {class: "dim"}, text.slice(0, pale)), text.slice(pale));
    return button;
}

function flagNames(register, bits, step, before, shown) {
    const {record} = replay, value = record.register(register, step), was = record.register(register, before);
    const all = Object.entries(bits).map(([number, name]) => ({name, is: bit(value, number), was: bit(was, number)}));
    return all.filter(each => shown ? shown.includes(each.name) : each.is || each.was).map(each =>
        element("span", {class: `flag ${each.is ? "set" : ""} ${each.is !== each.was ? "fresh" : ""}`,
            "aria-label": `${each.name} ${each.is ? "set" : "clear"}`}, each.name));
}

const SHOW = {
    registers(panel, step, before) {
        const {record} = replay, {bits} = record;
        const line = (...parts) => element("div", {class: "bits"}, ...parts);
        const flags = (name, label, shown) => line(registerButton(name, step, before, 8, label),
            ...flagNames(name, bits[name.toUpperCase()], step, before, shown));
        const code = record.code[step], bitsOfCode = width(record, step);
        const some = bitsOfCode === 64 || NAMES.slice(8).some(name => record.register(name, step)) ? NAMES : NAMES.slice(0, 8);
        const rip = element("span", {class: "register"}, element("b", {}, "rip"), ` ${digits(record.offset[code], bitsOfCode / 4)}`);
        show(panel, element("div", {class: "general"}, ...some.map(name => registerButton(name, step, before, 16))),
            line(rip, element("span", {class: "dim"}, symbolAt(record.linear[code]))),
            flags("rflags", "FLAGS", FLAGS_SHOWN), flags("cr0", "CR0"), flags("cr4", "CR4"), flags("efer", "EFER"),
            line(registerButton("cr2", step, before, 16, "CR2"), registerButton("cr3", step, before, 16, "CR3")));
    },

    segments(panel, step, before) {
        const {record} = replay, isReal = !bit(record.register("cr0", step), 0);
        const rows = ["cs", "ss", "ds", "es", "fs", "gs", "tr", "ldtr"].map(name => {
            const {high, low} = cached(record, name, step), {base, limit} = baseAndLimit(high, low);
            const selector = record.number(name, step), flat = isLong(record, step) && /^[cdes]s$/.test(name) && width(record, step) === 64;
            return [registerButton(name, step, before, 4, name), flat ? "0" : hex(base), flat ? "none" : hex(limit),
                isReal ? "real mode" : record.number(`${name}.valid`, step) ? segmentKind(high, low) : "not valid",
                isReal ? "" : /s$/.test(name) && isLoadedInRealMode(record, name, step) ? "loaded in real mode" : selector < 4 ? "" : `entry ${selector >> 3} of the ${selector & 4 ? "LDT" : "GDT"}`];
        });
        const tables = ["gdtr", "idtr"].map(name => [registerButton(`${name}.base`, step, before, 8, name),
            hex(record.register(`${name}.base`, step)), hex(record.register(`${name}.limit`, step)), "", ""]);
        show(panel, table(["register", "base", "limit", "kind, as the CPU has cached it", ""], [...rows, ...tables]));
    },

    stack(panel, step, before) {
        const {record} = replay, size = Math.max(2, width(record, step) / 8), flat = width(record, step) === 64;
        const mask = (1n << BigInt(8 * size)) - 1n, top = record.register("rsp", step) & mask;
        const {high, low} = cached(record, "ss", step), base = flat ? 0n : BigInt(baseAndLimit(high, low).base);
        const rows = [];
        for (let i = 0; i < 24; i++) {
            const linear = base + (top + BigInt(i * size) & mask), physical = physicalOf(record, linear, step);
            const value = physical === null ? null : record.value(physical, size, step);
            if (value === null) {
                rows.push([hex(linear), NOT_KNOWN, "", ""]);
                break;
            }
            const isFrame = (record.register("rbp", step) & mask) === top + BigInt(i * size);
            rows.push([hex(linear), memoryButton(physical, size, step, before), symbolAt(value), i ? isFrame ? "← rbp" : "" : "← rsp"]);
        }
        show(panel, table(["address", "value", "", ""], rows));
    },

    memory(panel, step, before) {
        const {record} = replay, form = panel.querySelector("form"), start = addressOf(form.address.value, step);
        form.address.setAttribute("aria-invalid", start === null);
        if (start === null)
            return;
        const rows = [];
        for (let i = 0; i < 20; i++) {
            const linear = (start & ~15n) + BigInt(16 * i);
            const physical = form.physical.checked ? Number(linear) : physicalOf(record, linear, step);
            if (physical === null) {
                rows.push([hex(linear, 8), "not mapped", ""]);
                break;
            }
            const bytes = Array.from({length: 16}, (_, place) => record.byte(physical + place, step));
            const buttons = bytes.map((_, place) => memoryButton(physical + place, 1, step, before, linear + BigInt(place) === start));
            rows.push([hex(linear, 8), element("span", {class: "bytes"}, ...buttons),
                bytes.map(byte => byte >= 32 && byte < 127 ? String.fromCharCode(byte) : byte === UNKNOWN ? " " : "·").join("")]);
        }
        const hasUnknown = rows.some(([, bytes]) => bytes.textContent?.includes("?"));
        show(panel.querySelector(".shown"), table(["address", "bytes", "as text"], rows),
            hasUnknown ? note("Nothing in this record says what was in the bytes shown as ?? at this step.") : "");
    },

    serial(panel, step) {
        const text = replay.ports.sent(step);
        show(panel, text ? element("pre", {}, text.replaceAll("\r", "")) : note("Nothing has been sent through the serial port yet."));
        panel.scrollTop = panel.scrollHeight;
    },
};

// Whether a segment register still has what real mode has put in it: a number of 16 bytes, and no selector.
function isLoadedInRealMode(record, name, step) {
    const since = Math.max(...[name, `${name}.descriptor`, `${name}.valid`].map(each => record.changes[each].steps[record.change(each, step)]));
    return !bit(record.register("cr0", Math.max(0, since - 1)), 0);
}

// A number in memory as a button.
function memoryButton(physical, size, step, before, marked = false) {
    const {record} = replay, value = record.value(physical, size, step);
    const fresh = before !== step && value !== record.value(physical, size, before);
    return askable({physical, size}, value === null ? "?".repeat(2 * size) : digits(value, 2 * size), {
        class: `${fresh ? "fresh" : ""} ${value ? "" : "zero"} ${marked ? "marked" : ""}`, title: hex(physical),
        "aria-label": `${value === null ? "unknown" : hex(value)} at ${hex(physical)}${fresh ? ", just changed" : ""}`});
}
