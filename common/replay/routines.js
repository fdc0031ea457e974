// Which routine calls which, and where the stages begin.

class Routines {
    constructor(record, folds) {
        this.record = record;
        this.frames = []; // of a call: its step, and the step at which it has returned
        this.find();
        this.starts = Uint32Array.from(this.frames, frame => frame.start);
        this.stages = this.findStages(folds);
    }

    find() {
        const {record} = this, stack = [];
        for (let step = 0; step + 1 < record.steps; step++) {
            const text = record.text(step), code = record.code[step];
            if (/^(call|int )/.test(text)) {
                const returns = record.offset[code] + BigInt(record.bytes[code].length / 2);
                const frame = {start: step, end: record.steps, returns, parent: stack.at(-1) ?? null};
                this.frames.push(frame);
                stack.push(frame);
            } else if (/^i?ret/.test(text)) {
                const offset = record.offset[record.code[step + 1]];
                const depth = stack.findLastIndex(frame => frame.returns === offset);
                while (depth >= 0 && stack.length > depth)
                    stack.pop().end = step + 1;
            }
        }
    }

    // The calls that a step lies in, from the innermost one outwards.
    around(step) {
        const found = [];
        for (let frame = this.frames[below(this.starts, step) - 1] ?? null; frame; frame = frame.parent)
            if (step < frame.end)
                found.push(frame);
        return found;
    }

    called(step) {
        return this.frames.find(frame => frame.start === step);
    }

    // The call that has returned to a step.
    returned(step) {
        return this.frames.find(frame => frame.end === step && step < this.record.steps);
    }

    routine(step) {
        const {record} = this, code = record.code[step];
        return record.names[code].replace(/\+0x\w+$/, "") || (record.isFirmware(step) ? "BIOS" : hex(record.linear[code]));
    }

    // The begin, the first time at each stop for the debugger, and the end. Where there are no such
    // stops, the CPU's modes are the stages.
    findStages() {
        const {record} = this, seen = new Set(), found = [];
        record.code.forEach((code, step) => {
            if (!seen.has(code) && /^xchg bx, bx/.test(record.texts[code]) && !record.isFirmware(step))
                found.push({step, name: this.routine(step)});
            seen.add(code);
        });
        const stages = found.length > 1 ? found : modes(record).map(({start, name}) => ({step: start, name}));
        if (stages[0].step < 10) // after a jump over the disk's parameters
            stages.shift();
        return [{step: 0, name: this.routine(0)}, ...stages, {step: record.steps - 1, name: "end"}];
    }
}

// The stretches of time during which the CPU was in one mode.
function modes(record) {
    const steps = new Set(["cr0", "efer", "cs.descriptor"].flatMap(name => [...record.changes[name].steps]));
    const found = [];
    for (const step of [...steps].sort((one, other) => one - other)) {
        const name = mode(record, step);
        if (found.at(-1)?.name !== name)
            found.push({start: step, name});
    }
    found.forEach((each, i) => each.end = found[i + 1]?.start ?? record.steps);
    return found;
}
