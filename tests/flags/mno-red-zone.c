/* A function that calls no other one, with an array in memory. */
int keep(int number)
{
    volatile int kept[4];

    kept[0] = number;
    return kept[0];
}
