/* Any function. */
// instead: -fcf-protection
int one(void)
{
    return 1;
}
