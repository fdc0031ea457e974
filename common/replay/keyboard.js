// Everything that the keyboard does, and the buttons that do the same.

const KEYS = [
    ...Object.values(STEPS).map(({key, words}) => [`${key}, ${key.toUpperCase()}`, `${words}: forwards, backwards`]),
    ["→, ←", "Instruction: forwards, backwards"], ["↓, ↑", "Line: forwards, backwards"],
    ["Home, End", "the beginning, the end"],
    ["Enter", "opens what is folded, or closes it"], ["f", "folds everything again"],
    ["w", "who wrote this? Of what has the keyboard: a character, a register, a byte; and again: where did its value come from?"],
    ["Backspace", "back to where you came from"],
    ["1 … 8", "the panels"], ["m", "memory at an address"], ["p", "the page walk of an address"], ["x", "to the screen"],
    ["g", "goes to a step, or to a symbol"], ["t", "light or dark"], ["?", "this list"]];

function onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.matches("input") || byId("help").open)
        return;
    if (key(event.key, event.target))
        event.preventDefault();
}

// What a key does: true if it does something.
function key(name, target) {
    if (target === replay.screen.box && replay.screen.key(name))
        return true;
    const panel = target.closest(".panel, #origin"), isArrow = name.startsWith("Arrow");
    if (isArrow && target.matches(".ask") && panel) {
        moveAmong(panel, target, name);
        return true;
    }
    if (isArrow && target.matches("[role=tab], #stages button")) {
        const all = [...target.parentElement.children], by = name === "ArrowLeft" || name === "ArrowUp" ? -1 : 1;
        const next = all[(all.indexOf(target) + by + all.length) % all.length];
        next.focus();
        if (next.dataset.panel)
            choose(next.dataset.panel);
        return true;
    }
    if (name === "Enter" && target.matches("button, summary"))
        return false; // the button does what it does
    const step = Object.keys(STEPS).find(each => STEPS[each].key === name.toLowerCase());
    const does = {
        ArrowRight: () => take("instruction"), ArrowLeft: () => take("instruction", true),
        ArrowDown: () => take("line"), ArrowUp: () => take("line", true),
        Home: () => jump(0), End: () => jump(replay.record.steps - 1),
        Enter: () => toggle(replay.now), Backspace: back, w: () => askAt(target), t: turnTheme, "?": help, g: goSomewhere,
        f: () => { replay.folds.opened.clear(); go(replay.now); },
        m: () => typeAddress("memory"), p: () => typeAddress("pages"), x: () => replay.screen.box.focus(),
    }[name] ?? (step && (() => take(step, name !== name.toLowerCase()))) ??
        (PANELS[Object.keys(PANELS)[name - 1]] && (() => choose(Object.keys(PANELS)[name - 1])));
    does?.();
    return Boolean(does);
}

// What can be asked about at an element of the page, as a text: undefined if nothing can.
function choice(at) {
    return at === replay.screen.box ? `screen ${replay.screen.chosen}` : at?.dataset.target;
}

// Asks who wrote what is at an element; or, if the answer is shown already, goes on from there.
function askAt(at) {
    const chosen = choice(at);
    if (chosen === undefined || origin?.chosen.includes(chosen))
        return follow();
    const {target, words} = at === replay.screen.box ? replay.screen.target() : targetOf(at, replay.now);
    ask(target, words, [chosen]);
}

function typeAddress(panel) {
    choose(panel);
    byId(panel).querySelector("input").select();
}

function goSomewhere() {
    const where = prompt("Go to which step, or to the first time at which symbol?");
    if (where) {
        remember();
        location.hash = /^[\d,]+$/.test(where) ? `t=${where.replaceAll(",", "")}` : where;
    }
}

function turnTheme() {
    const isDark = matchMedia("(prefers-color-scheme: dark)").matches, root = document.documentElement;
    root.style.colorScheme = (root.style.colorScheme || (isDark ? "dark" : "light")) === "dark" ? "light" : "dark";
}

function help() {
    const keys = names => names.split(", ").flatMap(name => [element("kbd", {}, name), " "]);
    const rows = KEYS.map(([names, words]) => element("tr", {}, element("th", {scope: "row"}, ...keys(names)), element("td", {}, words)));
    byId("help").replaceChildren(element("h2", {}, "Keys"), element("table", {}, ...rows),
        element("form", {method: "dialog"}, element("button", {}, "Close ", element("kbd", {}, "Esc"))));
    byId("help").showModal();
}

// A word with its key's letter underlined.
function underlined(words, letter) {
    const place = words.toLowerCase().indexOf(letter);
    return [words.slice(0, place), element("u", {}, words[place]), words.slice(place + 1)];
}

function setUpKeyboard() {
    for (const [name, {key: letter, words}] of Object.entries(STEPS)) {
        const button = (way, sign, by) => {
            const made = element("button", {"aria-label": `${words} ${way}`, title: `${words} ${way} (${by})`}, sign);
            made.addEventListener("click", () => take(name, way === "backwards"));
            return made;
        };
        byId("steps").append(element("span", {role: "group", "aria-label": words}, button("backwards", "‹", letter.toUpperCase()),
            element("span", {}, ...underlined(words, letter)), button("forwards", "›", letter)));
    }
    for (const [name, words] of Object.entries(PANELS))
        byId("tabs").append(element("button", {role: "tab", "data-panel": name, "aria-controls": name}, words));
    byId("tabs").addEventListener("click", event => event.target.dataset.panel && choose(event.target.dataset.panel));
    document.addEventListener("click", event => event.target.closest?.(".ask") && askAt(event.target.closest(".ask")));
    byId("origin").addEventListener("click", event => {
        if (event.target.closest("#back"))
            back();
        else if (event.target.dataset.source)
            follow(Number(event.target.dataset.source));
    });
    for (const form of document.querySelectorAll("form.address")) {
        form.addEventListener("submit", event => event.preventDefault());
        form.addEventListener("input", () => choose(form.closest(".panel").id));
        form.addEventListener("keydown", event => (event.key === "Enter" || event.key === "Escape") && byId("timeline").focus());
    }
    document.addEventListener("click", event => {
        if (event.detail && event.target.closest("button:not(.ask), [type=checkbox]")) // clicked with the pointer
            byId("timeline").focus({preventScroll: true});
    });
    byId("theme").addEventListener("click", turnTheme);
    byId("help-button").addEventListener("click", help);
    document.addEventListener("keydown", onKey);
    addEventListener("hashchange", () => addressed() !== replay.now && goToAddress());
    addEventListener("resize", () => go(replay.now));
}
