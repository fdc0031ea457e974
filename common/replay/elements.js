// Small helpers for what is on the page.

const byId = id => document.getElementById(id);

function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes))
        if (value !== undefined && value !== false)
            made.setAttribute(name, value === true ? "" : value);
    made.append(...children);
    return made;
}

// What can be asked "who wrote this?": a button. Tab reaches one in each panel, and arrow keys go
// on to the others.
function askable(target, text, attributes = {}) {
    const value = target.register ? `${target.register}:${target.lane ?? ""}` : `${target.physical}:${target.size ?? 1}`;
    return element("button", {"data-target": value, tabindex: -1, ...attributes, class: `ask ${attributes.class ?? ""}`}, text);
}

function targetOf(button, step) {
    const [what, more] = button.dataset.target.split(":");
    if (!/^\d/.test(what))
        return {target: replay.origins.latestOfRegister(what, step), words: what};
    const target = replay.origins.latestOfMemory(Number(what), Number(more), step);
    return {target, words: `the byte at ${hex(target.physical)}`};
}

// Shows something new in a container; the button that has the focus keeps it.
function show(container, ...children) {
    const focused = container.contains(document.activeElement) ? document.activeElement.dataset.target : undefined;
    container.replaceChildren(...children);
    const asks = [...container.querySelectorAll(".ask")];
    const again = asks.find(each => each.dataset.target === focused);
    if (asks.length)
        (again ?? asks[0]).tabIndex = 0;
    if (focused !== undefined)
        (again ?? asks[0])?.focus();
}

// The arrow keys among the buttons of a panel.
function moveAmong(container, from, key) {
    const all = [...container.querySelectorAll(".ask")], place = from.getBoundingClientRect();
    const along = {ArrowLeft: -1, ArrowRight: 1}[key];
    let to = along && all[all.indexOf(from) + along];
    if (!along) {
        const rows = all.map(each => [each, each.getBoundingClientRect()])
            .filter(([, other]) => key === "ArrowUp" ? other.bottom <= place.top + 1 : other.top >= place.bottom - 1);
        const distance = ([, other]) => 4 * Math.abs(other.top - place.top) + Math.abs(other.left - place.left);
        to = rows.sort((one, other) => distance(one) - distance(other))[0]?.[0];
    }
    if (to) {
        from.tabIndex = -1;
        to.tabIndex = 0;
        to.focus();
    }
}

// What was typed as an address: a number, a symbol, a register. A BigInt, or null.
function addressOf(text, step) {
    const {record} = replay, word = text.trim().toLowerCase();
    const symbol = record.symbols.find(([, name]) => name.toLowerCase() === word);
    if (symbol)
        return BigInt(symbol[0]);
    if (word === "rip")
        return record.linear[record.code[step]];
    if (record.changes[word])
        return record.register(word, step);
    return /^(0x)?[0-9a-f]+$/.test(word) ? BigInt(word.startsWith("0x") ? word : `0x${word}`) : null;
}

// The symbol at an address, or the one before it and a distance of less than a page; or "".
function symbolAt(address) {
    let found = "", distance = 4096n;
    for (const [value, name] of replay.record.symbols) {
        const after = address - BigInt(value);
        if (after >= 0n && after < distance) {
            distance = after;
            found = after ? `${name}+${hex(after)}` : name;
        }
    }
    return found;
}
