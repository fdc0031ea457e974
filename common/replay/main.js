// Puts the page together: where the reader is, the keyboard, the address.

const replay = {}; // the record, what is known of it, and the current step: now
let origin = null; // the last answer to "who wrote this?"
const visited = []; // for the way back
let addressSoon;

// Announces to a screen reader what is new; what nothing else on the page shows is also visible.
function say(text, isSeen = false) {
    byId("spoken").textContent = text;
    byId("spoken").classList.toggle("seen", isSeen);
}

// Shows the machine as it was at a step.
function go(step) {
    const {record, folds, routines} = replay;
    replay.now = step;
    const before = folds.previous(step, step), code = record.code[step], name = mode(record, step);
    if (origin && origin.writer !== step)
        origin = null;
    replay.views.forEach(view => view.show(step, before));
    byId("mode").textContent = name;
    byId("mode").className = COLOUR_OF[name];
    byId("position").textContent = `step ${step.toLocaleString("en")} of ${(record.steps - 1).toLocaleString("en")}`;
    byId("position").href = `#t=${step}`;
    const callers = routines.around(step).map(frame => routines.routine(frame.start)).reverse();
    byId("routines").textContent = [...callers, routines.routine(step)].join(" › ");
    showPanels(step, before);
    showOrigin();
    showAddress();
    say(`Step ${step}. ${folds.closed(step, step)?.words ?? readable(record.texts[code])}. ${record.where(step)}`);
}

// The page's own address follows when the reader rests: browsers refuse more than some a second.
function showAddress() {
    clearTimeout(addressSoon);
    addressSoon = setTimeout(() => history.replaceState(null, "", `#t=${replay.now}`), 300);
}

function showPanels(step, before) {
    for (const name of Object.keys(PANELS))
        if (getComputedStyle(byId(name)).display !== "none")
            SHOW[name](byId(name), step, before);
}

function toggle(step) {
    if (step !== replay.now)
        remember();
    go(replay.folds.toggle(step));
}

// Goes somewhere from which there is a way back.
function remember() {
    visited.push([replay.now, origin]);
}

function jump(step) {
    remember();
    go(step);
}

function back() {
    if (visited.length) {
        const [step, answer] = visited.pop();
        origin = answer;
        go(step);
    } else
        say("There is no way back from here");
}

// Goes to the instruction that wrote a target's present value. The page remembers what the reader
// asked about: asked again, it goes on to where the value came from.
function ask(target, words, chosen) {
    const {origins, now} = replay, byte = origins.byte(target, now);
    if (byte === UNKNOWN)
        return say("Nothing is known of that byte");
    const writer = origins.writer(target, now);
    remember();
    const isWritten = writer !== null, sources = isWritten ? origins.sources(target, writer) : [];
    origin = {target, words, byte, writer: writer ?? now, isWritten, sources};
    go(origin.writer);
    origin.chosen = [...chosen, choice(document.activeElement)]; // its button may be gone, and the keyboard with another one
    say(byId("origin").innerText);
}

// Goes on to where the value came from.
function follow(number = 0) {
    const source = origin?.sources[number];
    if (source && replay.origins.isTarget(source))
        ask(source, source.words, origin.chosen);
    else
        say(source ? `It came from ${source.words}` : "There is nothing to follow: choose a character, a register or a byte first");
}

function showOrigin() {
    const box = byId("origin"), {record} = replay;
    box.hidden = !origin;
    if (!origin)
        return;
    const {words, writer, isWritten, sources, byte} = origin;
    const what = element("b", {}, words), line = element("p", {}, what);
    if (isWritten) {
        const call = replay.folds.calls.find(each => each.start < writer && writer < each.end);
        line.append(" was written by ", element("code", {}, readable(record.text(writer))), " in ", element("b", {}, record.where(writer)),
            call ? ` (during ${call.words.split(";")[0]})` : "", `. It is ${hex(byte, 2)}.`);
    } else
        line.append(` is ${hex(byte, 2)}, as it was when the record began`, atStart(origin.target));
    const more = sources.map((source, i) => replay.origins.isTarget(source)
        ? element("button", {"data-source": i}, `${source.words} = ${hex(replay.origins.byte(source, writer), 2)}`)
        : element("span", {}, source.words));
    const goBack = element("button", {id: "back"}, "Back ", element("kbd", {}, "⌫"));
    show(box, line, element("p", {}, more.length ? "It came from " : "", ...more, goBack));
}

function atStart({physical}) {
    const isBootSector = physical >= 0x7C00 && physical < 0x7E00 && replay.record.way !== "grub";
    return isBootSector ? ": the BIOS has read it from the disk's first sector." : ".";
}

// How the record ends: a line, or make explain's words. The verdict and the likely causes come
// first; the machine's state, on which they rest, can be opened.
function showWords(lines) {
    const box = byId("words"), [first, ...causes] = lines.join("\n").trim().split("\n\n"), [verdict, ...details] = first.split("\n");
    box.append(element("b", {}, verdict), ...causes.map(cause => element("p", {}, cause.replace(/\n */g, " "))));
    if (details.length) {
        box.append(element("details", {}, element("summary", {}, details[0].trim()), element("pre", {}, details.join("\n"))));
        box.className = "long-words";
        document.querySelector("header").after(box);
    }
}

function choose(panel) {
    replay.panel = panel;
    for (const name of Object.keys(PANELS))
        byId(name).hidden = name !== panel;
    for (const tab of byId("tabs").children) {
        tab.setAttribute("aria-selected", tab.dataset.panel === panel);
        tab.tabIndex = tab.dataset.panel === panel ? 0 : -1;
    }
    showPanels(replay.now, replay.folds.previous(replay.now, replay.now));
}

// The step that the page's address names: #t=1234, or the first time at a symbol.
function addressed() {
    const {record} = replay, name = decodeURIComponent(location.hash.slice(1)), number = /^t=(\d+)$/.exec(name);
    if (number)
        return Math.min(Number(number[1]), record.steps - 1);
    const codes = new Set(record.names.flatMap((each, code) => each === name ? [code] : []));
    const step = name ? record.code.findIndex(code => codes.has(code)) : -1;
    return step < 0 ? null : step;
}

// Goes there; where the address names nothing, stays where the reader is, and says so.
function goToAddress() {
    const step = addressed(), {hash} = location;
    go(step ?? replay.now);
    if (step === null && hash)
        say(`${decodeURIComponent(hash.slice(1))} is neither a step nor a symbol that this boot comes to`, true);
}

async function start() {
    const record = replay.record = await readRecord();
    replay.folds = new Folds(record);
    replay.routines = new Routines(record, replay.folds);
    replay.ports = new Ports(record);
    replay.origins = new Origins(record);
    replay.screen = new ScreenView();
    replay.views = [new Timeline(), new SourceView(), new InstructionView(), replay.screen];
    showWords(record.words);
    setUpKeyboard();
    replay.now = record.outcome[0] === "triple fault" ? record.interrupts.at(-1)[0] : 0;
    choose(matchMedia("(min-width: 1600px)").matches ? "stack" : "registers");
    goToAddress();
    document.body.classList.add("ready");
}

start();
