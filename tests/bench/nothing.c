/* nothing.c: a process that does nothing, with the libraries of the others. */
int
main(void)
{
	return 0;
}
