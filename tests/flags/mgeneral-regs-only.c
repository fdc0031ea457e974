/* A number with a point. */
double half(double number)
{
    return number / 2;
}
