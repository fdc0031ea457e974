// Folds what is long and always the same: a call of the BIOS is one step, and so are the rounds of
// a loop after the first. The fold that holds the current step is open, and so are those that the
// reader has opened.

const LONGEST = 40; // instructions (or folds) of a loop's round that is folded
const FEWEST = 3; // rounds

class Folds {
    constructor(record) {
        this.record = record;
        this.found = [];
        this.signs = new Map(); // of a loop, by the signs of its round: loops can be rounds of other loops
        this.opened = new Set();
        const calls = record.calls.map(([start, end, words]) => ({start, end: end ?? record.steps, words}));
        let units = [], step = 0;
        for (const call of calls) {
            units.push(...this.instructions(step, call.start), [call.start, -1 - record.code[call.start]]);
            const first = call.start + !record.isFirmware(call.start);
            call.words += `; ${count(call.end - first, "instruction")} in the BIOS`;
            this.found.push(call);
            this.fold(this.instructions(first, call.end), call.end);
            step = call.end;
        }
        this.fold([...units, ...this.instructions(step, record.steps)], record.steps);
        this.calls = calls.filter(call => !record.isFirmware(call.start)); // and not a device's interrupts
        this.found.sort((one, other) => one.start - other.start || other.end - one.end);
        this.starts = Uint32Array.from(this.found, fold => fold.start);
        const around = [];
        for (const fold of this.found) {
            while (around.length && around.at(-1).end <= fold.start)
                around.pop();
            fold.parent = around.at(-1) ?? null;
            around.push(fold);
        }
    }

    // Steps as units: each has its first step, and a sign that equal units share.
    instructions(start, end) {
        return Array.from({length: end - start}, (_, i) => [start + i, this.record.code[start + i]]);
    }

    // Folds loops, and then loops of these.
    fold(units, end) {
        for (let depth = 0; depth < 3; depth++) {
            const folded = this.foldOnce(units, end);
            if (folded.length === units.length)
                break;
            units = folded;
        }
    }

    foldOnce(units, end) {
        const out = [];
        let i = 0;
        while (i < units.length) {
            const {length, rounds} = this.loop(units, i);
            if (!rounds) {
                out.push(units[i++]);
                continue;
            }
            const round = units.slice(i, i + length), after = units[i + length * rounds];
            const key = round.map(([, sign]) => sign).join();
            if (!this.signs.has(key))
                this.signs.set(key, this.record.texts.length + this.signs.size);
            const start = units[i + length][0], stop = after ? after[0] : end;
            this.found.push({start, end: stop, words: `… ${count(rounds - 1, "more round")}, ${count(stop - start, "instruction")}`});
            out.push(...round, [start, this.signs.get(key)]);
            i += length * rounds;
        }
        return out;
    }

    // The loop that begins with a unit: how long a round is, and how many there are (0: none).
    loop(units, i) {
        for (let length = 1; length <= LONGEST && i + length * FEWEST <= units.length; length++) {
            if (units[i][1] !== units[i + length][1])
                continue;
            let same = 0;
            while (i + same + length < units.length && units[i + same][1] === units[i + same + length][1])
                same++;
            const rounds = Math.floor(same / length) + 1;
            if (rounds >= FEWEST)
                return {length, rounds};
        }
        return {length: 0, rounds: 0};
    }

    isOpen(fold, now) {
        return this.opened.has(fold) || fold.start < now && now < fold.end;
    }

    // The folds that a step lies in, from the innermost one outwards.
    around(step) {
        const found = [];
        let fold = this.found[below(this.starts, step + 1) - 1] ?? null;
        for (; fold; fold = fold.parent)
            if (step < fold.end)
                found.push(fold);
        return found;
    }

    // The outermost closed fold that a step lies in, or undefined.
    closed(step, now) {
        return this.around(step).findLast(fold => !this.isOpen(fold, now));
    }

    next(step, now = step) {
        const fold = this.closed(step, now);
        return fold ? fold.end : step + 1;
    }

    previous(step, now = step) {
        return step && (this.closed(step - 1, now)?.start ?? step - 1);
    }

    // Opens what is folded at a step, or closes the fold around it, and returns where that begins.
    toggle(step) {
        const closed = this.closed(step, step);
        if (closed) {
            this.opened.add(closed);
            return step;
        }
        const [open] = this.around(step);
        this.opened.delete(open);
        return open?.start ?? step;
    }
}
