/* A floating-point number. */
double half(double number)
{
    return number / 2;
}
