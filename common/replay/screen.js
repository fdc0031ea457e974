// The screen as it was: 80 by 25 characters in VGA's colours, each of which can be asked who wrote it.

const COLUMNS = 80, ROWS = 25;
const VIDEO_MODE = 0x449, TEXT_MODES = [2, 3, 7]; // where the BIOS keeps the number of the screen's mode
const CP437 = " ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼" +
    String.fromCharCode(...Array.from({length: 95}, (_, i) => i + 32)) + "⌂" +
    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐" +
    "└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ";
const COLOURS = ["black", "blue", "green", "cyan", "red", "magenta", "brown", "light grey", "dark grey", "light blue", "light green",
    "light cyan", "light red", "light magenta", "yellow", "white"];

class ScreenView {
    constructor() {
        this.box = byId("characters");
        this.cells = Array.from({length: ROWS * COLUMNS}, (_, place) => element("span", {"data-place": place}));
        for (let row = 0; row < ROWS; row++)
            this.box.append(element("div", {}, ...this.cells.slice(row * COLUMNS, (row + 1) * COLUMNS)));
        this.shown = new Int32Array(ROWS * COLUMNS).fill(-1);
        this.chosen = 0;
        this.box.addEventListener("click", event => {
            if (event.target.dataset.place !== undefined) {
                this.choose(Number(event.target.dataset.place));
                askAt(this.box);
            }
        });
        this.box.addEventListener("focus", () => this.choose(this.chosen));
    }

    show(step, before) {
        const {record, ports} = replay, start = ports.screen(step), cursor = ports.cursor(step);
        this.cells.forEach((cell, place) => {
            const physical = start + 2 * place;
            const character = record.byte(physical, step), attribute = record.byte(physical + 1, step);
            const fresh = record.value(physical, 2, before) !== record.value(physical, 2, step);
            const all = character | attribute << 8 | fresh << 16 | (place === cursor) << 17;
            if (this.shown[place] === all)
                return;
            this.shown[place] = all;
            cell.textContent = CP437[character];
            cell.className = `f${attribute & 15} b${attribute >> 4 & 7}${fresh ? " fresh" : ""}${place === cursor ? " cursor" : ""}`;
        });
        const pixels = !TEXT_MODES.includes(record.byte(VIDEO_MODE, step));
        this.box.hidden = pixels;
        byId("pixels").hidden = !pixels;
    }

    // The screen as lines of text.
    text() {
        const all = this.cells.map(cell => cell.textContent).join("");
        return Array.from({length: ROWS}, (_, row) => all.slice(row * COLUMNS, (row + 1) * COLUMNS).trimEnd()).join("\n").trimEnd();
    }

    choose(place) {
        this.cells[this.chosen].classList.remove("chosen");
        this.chosen = (place + ROWS * COLUMNS) % (ROWS * COLUMNS);
        this.cells[this.chosen].classList.add("chosen");
        say(this.describe(this.chosen));
    }

    describe(place) {
        const attribute = this.shown[place] >> 8 & 0xFF;
        return `${this.cells[place].textContent.trim() || "blank"}, row ${Math.floor(place / COLUMNS)}, column ${place % COLUMNS}, ` +
            `${COLOURS[attribute & 15]} on ${COLOURS[attribute >> 4 & 7]}`;
    }

    target() {
        return {target: {physical: replay.ports.screen(replay.now) + 2 * this.chosen},
                words: `the character at row ${Math.floor(this.chosen / COLUMNS)}, column ${this.chosen % COLUMNS}`};
    }

    key(key) {
        const by = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS}[key];
        if (by)
            this.choose(this.chosen + by);
        else if (key === "Enter" || key === " ")
            askAt(this.box);
        return by || key === "Enter" || key === " ";
    }
}
