// What the machine's devices were asked to do through their ports: what the serial port has sent,
// and where the screen's cursor is.

const CRTC = 0x3D4, CURSOR_SHAPE = 10, START_HIGH = 12, START_LOW = 13, CURSOR_HIGH = 14, CURSOR_LOW = 15;
const SERIAL = 0x3F8, LINE_CONTROL = 0x3FB, DIVISOR_SHOWN = 0x80;

const DEVICES = [[0x20, 0x21, "the interrupt controller"], [0x40, 0x43, "the timer"], [0x60, 0x64, "the keyboard controller"],
    [0x70, 0x71, "the clock and its memory"], [0xA0, 0xA1, "the interrupt controller"], [0x170, 0x177, "the second disk controller"],
    [0x1CE, 0x1CF, "the screen"], [0x1F0, 0x1F7, "the disk"], [0x3B0, 0x3DF, "the screen"], [0x3F8, 0x3FF, "the serial port"],
    [0xCF8, 0xCFF, "the PCI bus"]];

function portName(port) {
    const device = DEVICES.find(([first, last]) => first <= port && port <= last);
    return device ? `port ${hex(port)}: ${device[2]}` : `port ${hex(port)}`;
}

class Ports {
    constructor(record) {
        this.serial = {steps: [], text: ""};
        this.crtc = {}; // lists of changes, by the number of the register
        let index = 0, lineControl = 0;
        const byte = (port, value, step) => {
            if (port === SERIAL && !(lineControl & DIVISOR_SHOWN)) {
                this.serial.steps.push(step);
                this.serial.text += String.fromCharCode(value);
            } else if (port === LINE_CONTROL)
                lineControl = value;
            else if (port === CRTC)
                index = value;
            else if (port === CRTC + 1) {
                const changes = this.crtc[index] ??= {steps: [], values: []};
                changes.steps.push(step + 1);
                changes.values.push(value);
            }
        };
        const isOut = record.texts.map(text => /^out (dx|0x\w+), (al|ax)$/.exec(text));
        record.code.forEach((code, step) => {
            if (!isOut[code])
                return;
            const [, to, what] = isOut[code];
            const port = to === "dx" ? record.number("rdx", step) & 0xFFFF : Number(to), value = record.number("rax", step) & 0xFFFF;
            byte(port, value & 0xFF, step);
            if (what === "ax")
                byte(port + 1, value >> 8, step);
        });
    }

    sent(step) {
        return this.serial.text.slice(0, below(this.serial.steps, step));
    }

    crtcRegister(number, step) {
        const changes = this.crtc[number];
        return changes?.values[below(changes.steps, step + 1) - 1];
    }

    // The physical address of the first character on the screen.
    screen(step) {
        return 0xB8000 + 2 * ((this.crtcRegister(START_HIGH, step) ?? 0) << 8 | (this.crtcRegister(START_LOW, step) ?? 0));
    }

    // Where the cursor is, as a number of characters from there; undefined where it is not known, or off.
    cursor(step) {
        const high = this.crtcRegister(CURSOR_HIGH, step), low = this.crtcRegister(CURSOR_LOW, step);
        const off = (this.crtcRegister(CURSOR_SHAPE, step) ?? 0) & 0x20;
        return high === undefined || low === undefined || off ? undefined : (high << 8 | low) - (this.screen(step) - 0xB8000) / 2;
    }
}
