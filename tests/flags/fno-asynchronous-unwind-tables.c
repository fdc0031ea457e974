/* Any function; what follows it is data for a program that unwinds the stack. */
int one(void)
{
    return 1;
}
