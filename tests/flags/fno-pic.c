/* A variable of another file: where is it? */
extern int ticks;

int now(void)
{
    return ticks;
}
