// Forwards and backwards, in the units that a reader thinks in. Each moves by rows: what is
// folded is one step.

const STEPS = {
    instruction: {
        key: "i", words: "Instruction",
        forwards: step => replay.folds.next(step),
        backwards: step => replay.folds.previous(step),
    },
    line: {
        key: "l", words: "Line",
        forwards: step => rowsUntil(step, "next", startsLine),
        backwards: step => rowsUntil(step, "previous", startsLine),
    },
    call: {
        key: "c", words: "Over call",
        forwards: step => (replay.folds.closed(step, step) ?? replay.routines.called(step))?.end ?? replay.folds.next(step),
        backwards: step => replay.routines.returned(step)?.start ?? replay.folds.previous(step),
    },
    out: {
        key: "o", words: "Out",
        forwards: step => replay.routines.around(step)[0]?.end ?? null,
        backwards: step => replay.routines.around(step)[0]?.start ?? null,
    },
    bios: {
        key: "b", words: "BIOS call",
        forwards: step => replay.folds.calls.find(call => call.start > step)?.start ?? null,
        backwards: step => replay.folds.calls.findLast(call => call.start < step)?.start ?? null,
    },
    stage: {
        key: "s", words: "Stage",
        forwards: step => replay.routines.stages.find(stage => stage.step > step)?.step ?? null,
        backwards: step => replay.routines.stages.findLast(stage => stage.step < step)?.step ?? null,
    },
};

// Whether a row is the first one of its source line.
function startsLine(step, now) {
    const {record, folds} = replay, place = record.place(step);
    return place !== 0 && (step === 0 || record.place(folds.previous(step, now)) !== place);
}

function rowsUntil(step, way, isIt) {
    const {folds, record} = replay;
    let row = step;
    do
        row = folds[way](row, step);
    while (row > 0 && row < record.steps && !isIt(row, step));
    return row;
}

// Takes a step; at the ends it stays, and says so.
function take(name, backwards) {
    const to = STEPS[name][backwards ? "backwards" : "forwards"](replay.now);
    if (to === null)
        return say(`${STEPS[name].words}: there is none ${backwards ? "before" : "after"} this`);
    const step = Math.max(0, Math.min(replay.record.steps - 1, to));
    if (step === replay.now)
        return say(backwards ? "This is where the record begins" : "This is where the record ends");
    go(step);
}
