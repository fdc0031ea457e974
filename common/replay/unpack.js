// Unpacks the record that the page carries, as common/recorder/pack.py has packed it.

// The numbers of a column.
function column(bytes, start, count) {
    const numbers = new Uint32Array(count);
    let number = 0;
    for (let i = 0; i < count; i++) {
        let coded = 0;
        for (let plane = 3; plane >= 0; plane--)
            coded = coded << 8 | bytes[start + plane * count + i];
        number = number + (coded >>> 1 ^ -(coded & 1)) | 0;
        numbers[i] = number;
    }
    return numbers;
}

// Two columns, of the lower and the higher halves, as numbers of 64 bits.
function wide(low, high) {
    const both = new Uint32Array(2 * low.length);
    for (let i = 0; i < low.length; i++) {
        both[2 * i] = low[i];
        both[2 * i + 1] = high[i];
    }
    return new BigUint64Array(both.buffer);
}

// How many numbers of a sorted list are less than a number.
function below(list, number) {
    let low = 0, high = list.length;
    while (low < high) {
        const middle = low + high >> 1;
        if (list[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

// The record that the page carries.
async function readRecord() {
    const text = atob(document.getElementById("record").textContent.trim());
    const packed = Uint8Array.from(text, character => character.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new RecordOfBoot(new Uint8Array(await new Response(stream).arrayBuffer()));
}
