/* A function that calls no other one, with a variable in memory. */
int keep(int number)
{
    volatile int kept = number;

    return kept;
}
