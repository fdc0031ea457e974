"""The record of a boot: all that the CPU did, instruction by instruction, as Bochs reports it.

bochs.py runs Bochs, trace.py reads its text, record.py keeps what that says, machine.py knows
what the bits of a PC mean, bios.py the BIOS's calls, and programs.py names and source lines."""
