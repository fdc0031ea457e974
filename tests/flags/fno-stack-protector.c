/* An array of characters on the stack, of which another function gets the address. */
// instead: -fstack-protector-strong
void fill(char *text);

void use(void)
{
    char text[16];

    fill(text);
}
