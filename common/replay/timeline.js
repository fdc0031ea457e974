// The timeline, with the CPU's modes in colours. It counts rows, not instructions: a call of the
// BIOS would otherwise fill nearly all of it; and a stage with few rows has its place as well.

const COLOUR_OF = {"real mode": "real", "protected mode, 16-bit": "protected", "protected mode, 32-bit": "protected",
    "compatibility mode": "compatibility", "64-bit mode": "long"};

class Timeline {
    constructor() {
        const {record, folds, routines} = replay;
        this.box = byId("timeline");
        this.steps = []; // the rows' steps, with all folds closed
        for (let step = 0; step < record.steps; step = folds.next(step, -1))
            this.steps.push(step);
        const isCall = new Set(folds.calls.map(call => call.start)), call = 1 + this.steps.length / 120;
        const stages = routines.stages.map(stage => below(this.steps, stage.step));
        const all = stages.slice(0, -1).map((first, i) => {
            const end = i + 2 === stages.length ? this.steps.length : stages[i + 1];
            const weights = this.steps.slice(first, end).map(step => isCall.has(step) ? call : 1);
            return {weights, sum: weights.reduce((one, other) => one + other, 0)};
        });
        const roots = all.reduce((sum, stage) => sum + Math.sqrt(stage.sum), 0);
        const names = all.map((_, i) => 0.007 * routines.stages[i].name.length + (i + 1 < all.length ? 0.02 : 0.06));
        const shares = all.map(({sum}, i) => Math.max(Math.sqrt(sum) / roots, names[i]));
        const whole = shares.reduce((one, other) => one + other, 0);
        this.places = [];
        let place = 0;
        all.forEach(({weights, sum}, i) => weights.forEach(weight => {
            this.places.push(place);
            place += weight / sum * shares[i] / whole;
        }));
        this.box.setAttribute("aria-valuemax", record.steps - 1);
        this.draw();
        this.listen();
    }

    // Where a step is: from 0 to 1.
    place(step) {
        const row = below(this.steps, step + 1) - 1, start = this.steps[row], end = this.steps[row + 1] ?? replay.record.steps;
        const next = this.places[row + 1] ?? 1;
        return this.places[row] + (next - this.places[row]) * (step - start) / (end - start);
    }

    step(place) {
        return this.steps[Math.max(0, below(this.places, place + 1e-9) - 1)];
    }

    draw() {
        const {record, folds, routines} = replay, percent = place => `${(100 * place).toFixed(3)}%`;
        const stretch = (start, end, kind, title) => {
            const from = this.place(start), to = end < record.steps ? this.place(end) : 1;
            return element("div", {class: kind, title, style: `left: ${percent(from)}; width: ${percent(to - from)}`});
        };
        const all = modes(record);
        byId("modes").replaceChildren(...all.map(({start, end, name}) => stretch(start, end, `mode ${COLOUR_OF[name]}`, name)),
            ...folds.calls.map(call => stretch(call.start, call.end, "call", call.words)));
        byId("stages").replaceChildren(...routines.stages.map(({step, name}) => element("button", {"data-step": step, title: `Stage: ${name}`,
            style: step === record.steps - 1 ? "right: 0" : `left: ${percent(this.place(step))}`}, name)));
        const shown = [...new Map(all.map(({name}) => [COLOUR_OF[name], name])).entries()];
        byId("legend").replaceChildren(...shown.map(([kind, name]) => element("span", {}, element("i", {class: `mode ${kind}`}), name)),
            ...folds.calls.length ? [element("span", {}, element("i", {class: "call"}), "BIOS calls")] : []);
    }

    listen() {
        const move = event => {
            const {left, width: wide} = this.box.getBoundingClientRect();
            go(this.step(Math.min(1, Math.max(0, (event.clientX - left) / wide))));
        };
        this.box.addEventListener("pointerdown", event => {
            this.box.setPointerCapture(event.pointerId);
            remember();
            move(event);
        });
        this.box.addEventListener("pointermove", event => event.buttons && move(event));
        byId("stages").addEventListener("click", event => event.target.dataset.step && jump(Number(event.target.dataset.step)));
    }

    show(step) {
        byId("needle").style.left = `${100 * this.place(step)}%`;
        this.box.setAttribute("aria-valuenow", step);
        this.box.setAttribute("aria-valuetext", `step ${step}, ${mode(replay.record, step)}`);
        const current = replay.routines.stages.findLast(stage => stage.step <= step);
        for (const button of byId("stages").children) {
            button.toggleAttribute("aria-current", Number(button.dataset.step) === current?.step);
            button.tabIndex = Number(button.dataset.step) === current?.step ? 0 : -1;
        }
    }
}
