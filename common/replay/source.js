// The source with the line that the current instruction belongs to.

class SourceView {
    constructor() {
        this.lines = byId("source-lines");
        this.file = -1;
        this.lines.addEventListener("click", event => {
            const line = event.target.closest("[data-line]");
            if (line?.classList.contains("runs"))
                this.nextTime(Number(line.dataset.line));
        });
    }

    // Where the source is: of the instruction, or of the call that has led out of all that has one.
    place(step) {
        for (const each of [step, ...replay.routines.around(step).map(frame => frame.start)])
            if (replay.record.place(each))
                return each;
        return null;
    }

    show(step) {
        const {record} = replay, place = this.place(step);
        if (place === null) {
            byId("source-name").textContent = "Source: there is none for this instruction";
            show(this.lines);
            this.file = -1;
            return;
        }
        const code = record.code[place], {name, lines} = record.files[record.file[code] - 1];
        byId("source-name").replaceChildren(name, place === step ? "" : element("small", {}, "has called this"));
        if (this.file !== record.file[code]) {
            this.file = record.file[code];
            const runs = new Set();
            record.file.forEach((file, each) => file === this.file && runs.add(record.line[each]));
            const ran = {class: "runs", title: "click: the next time that this line runs"};
            show(this.lines, ...lines.map((text, i) => element("div", {"data-line": i + 1, ...runs.has(i + 1) ? ran : {}},
                element("span", {class: "number"}, `${i + 1}`), ...this.coloured(text, name))));
        }
        this.lines.querySelector("[aria-current]")?.removeAttribute("aria-current");
        const current = this.lines.children[record.line[code] - 1];
        current?.setAttribute("aria-current", "true");
        if (current)
            this.lines.scrollTop = current.offsetTop - this.lines.clientHeight * 0.4;
    }

    // Comments are paler than code.
    coloured(text, name) {
        const start = name.endsWith(".asm") ? text.search(/;/) : text.search(/\/\/|\/\*|^ \*/);
        return start < 0 ? [text || " "] : [text.slice(0, start), element("span", {class: "comment"}, text.slice(start))];
    }

    nextTime(line) {
        const {record, now} = replay, place = this.file << 16 | line;
        for (let i = 1; i <= record.steps; i++) {
            const step = (now + i) % record.steps;
            if (record.place(step) === place && record.place(step - 1) !== place)
                return jump(step);
        }
    }
}
