/* The address of a variable of another file. */
extern char screen[];

char *start_of_screen(void)
{
    return screen;
}
