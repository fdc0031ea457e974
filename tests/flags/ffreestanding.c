/* The compiler believes that it knows what a printf does. */
int printf(const char *format, ...);

void greet(void)
{
    printf("Hello World!\n");
}
