// The replay in a page, and what is copied from a terminal's session.

// A machine opens right below the words that speak of it. There is one at a time, and none that nobody asked for.
document.addEventListener('click', event => {
  const button = event.target.closest('.replay');
  if (!button) return;
  document.querySelector('.machine')?.remove();
  const machine = document.createElement('div'), frame = document.createElement('iframe');
  machine.className = 'machine';
  frame.src = button.dataset.replay;
  frame.title = 'The boot, step by step';
  const line = document.createElement('p'), alone = document.createElement('a'), close = document.createElement('button');
  alone.href = frame.src;
  alone.textContent = 'In a tab of its own';
  close.textContent = 'Close';
  close.onclick = () => { machine.remove(); button.focus(); };
  line.append(alone, close);
  machine.append(frame, line);
  button.closest('p, li, table, div').after(machine);
  machine.scrollIntoView();
  frame.focus();
});

// Where a session shows what was typed after a prompt, that alone is copied, before the theme copies all.
document.addEventListener('click', event => {
  const button = event.target.closest('.md-clipboard');
  const code = button?.parentElement.querySelector('code');
  const typed = code?.innerText.split('\n').filter(line => line.startsWith('$ ')).map(line => line.slice(2));
  if (typed?.length) button.dataset.clipboardText = typed.join('\n');
}, true);
