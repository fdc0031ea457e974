// The instructions before and after the current one, in the order in which they ran, with what each
// of them did.

// An instruction in fewer words than Bochs's: without leading zeros and without what is obvious,
// and with distances written as addresses are.
function readable(text) {
    return text.replace(/^((?:rep\w* )?(?:movs|stos|lods|scas|cmps|ins|outs)[bwdq]) .*/, "$1")
        .replace(/0x0+(?=[0-9a-f])/g, "0x").replaceAll(" ptr", "").replace(/ {2}\(/, " (")
        .replace(/\bds:\[|\bss:\[(?=[er]?[sb]p)/g, "[")
        .replace(/\[[^\]]*\]/g, place => place.replace(/([+-])(\d{2,})\b/g, (_, sign, number) => `${sign}${hex(Number(number))}`));
}

class InstructionView {
    constructor() {
        this.rows = byId("rows");
        this.rows.addEventListener("click", event => {
            const row = event.target.closest("[data-step]"), step = Number(row?.dataset.step);
            if (event.target.closest(".open"))
                toggle(step);
            else if (row)
                go(step);
        });
    }

    show(step) {
        const {folds, record} = replay, fits = Math.max(5, Math.floor(this.rows.clientHeight / 22));
        const before = [], after = [];
        for (let last = step; after.length < fits && last < record.steps; last = folds.next(last, step))
            after.push(last);
        for (let first = step; before.length < fits && first > 0; before.unshift(first))
            first = folds.previous(first, step);
        const shown = Math.max(Math.ceil(fits * 0.4), fits - after.length);
        const steps = [...shown ? before.slice(-shown) : [], ...after].slice(0, fits);
        this.rows.replaceChildren(...steps.map(each => this.row(each, step)));
    }

    row(step, now) {
        const {folds, record} = replay, fold = folds.closed(step, now), code = record.code[step];
        const current = step === now && "step";
        if (fold)
            return element("li", {"data-step": step, "aria-current": current, class: "fold"},
                element("button", {class: "open", title: "open it (Enter)", "aria-expanded": "false", tabindex: -1}, "▸"),
                element("span", {class: "what"}, fold.words));
        const opened = folds.around(step).find(each => each.start === step);
        const happened = record.interrupts.filter(each => each[0] === step && each[1]).map(each => interruptWords(record, each));
        const close = {class: "open", title: "close it (Enter)", "aria-expanded": "true", tabindex: -1};
        const kind = `${record.isFirmware(step) ? "firmware" : ""} ${happened.length ? "failed" : ""}`, address = hex(record.linear[code]);
        return element("li", {"data-step": step, "aria-current": current, class: kind},
            opened ? element("button", close, "▾") : element("span"),
            element("span", {class: "where", title: `${address}  ${record.bytes[code]}`}, record.names[code] || address),
            element("span", {class: "what"}, readable(record.texts[code])),
            element("span", {class: happened.length ? "did exception" : "did"}, happened.join("; ") || this.did(step)));
    }

    // What an instruction has done, in short.
    did(step) {
        const {record} = replay, found = [];
        for (const name of record.registers)
            if (!/^(rflags|rsp)$|\./.test(name) && step + 1 < record.steps) {
                const {steps, values} = record.changes[name], change = record.change(name, step + 1);
                if (change > 0 && steps[change] === step + 1)
                    found.push(`${name} = ${digits(values[change])}`);
            }
        const [first, end] = record.accessesOf(step), {kind, physical, size, value} = record.access;
        for (let i = first; i < end; i++)
            if (kind[i] === WRITE)
                found.push(`[${digits(physical[i])}] = ${digits(value[i])}`);
        return found.slice(0, 4).join(", ");
    }
}
