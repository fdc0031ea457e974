/* Loaded into Bochs by LD_PRELOAD, this makes one Bochs do for many machines. It takes the
 * place of readline(), by which Bochs asks for what is typed at its prompt. First it lets the
 * BIOS run to the boot sector. Then it waits for orders at a socket: each gets a copy of the
 * process (a fork), which goes on from there with disks, input and output of its own. */

#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BOOT_SECTOR = 0x7c00, WORDS = 512 / 4 };

static unsigned boot_sector[WORDS];

/* Pairs of strings: a file's path here, and the path of the file in its place. */
static char order[16384];

static void must(bool fine, const char *what)
{
    if (!fine) {
        perror(what);
        _exit(1);
    }
}

/* Gives a descriptor another file, or, without a path, a copy of its own file. */
static void reopen(int file, const char *path)
{
    int own = path ? open(path, fcntl(file, F_GETFL) & O_ACCMODE) : memfd_create("copy", 0);
    must(own >= 0, path ? path : "a file in memory");
    for (off_t at = 0; !path && sendfile(own, file, &at, 1 << 20) > 0;)
        ;
    must(dup2(own, file) == file, "dup2");
    close(own);
}

static const char *in_its_place(const char *path)
{
    for (const char *here = order; *here;) {
        const char *there = here + strlen(here) + 1;
        if (!strcmp(path, here))
            return there;
        here = there + strlen(there) + 1;
    }
    return NULL;
}

/* What a machine writes to a drive goes to a file whose name is deleted. */
static void take_files(void)
{
    DIR *descriptors = opendir("/proc/self/fd");
    must(descriptors, "/proc/self/fd");
    for (struct dirent *each; (each = readdir(descriptors));) {
        char path[4096] = "";
        readlinkat(dirfd(descriptors), each->d_name, path, sizeof path - 1);
        int file = atoi(each->d_name);
        const char *there = in_its_place(path);
        if (there || strstr(path, " (deleted)"))
            reopen(file, there);
        if (there && !strcmp(path, order)) /* the first one is the drive that was booted */
            must(pread(file, boot_sector, sizeof boot_sector, 0) == sizeof boot_sector, there);
    }
    closedir(descriptors);
}

/* Bochs opens the file of a serial port when the first byte goes there. */
FILE *fopen64(const char *path, const char *mode)
{
    FILE *(*real)(const char *, const char *) =
        (FILE * (*)(const char *, const char *)) dlsym(RTLD_NEXT, "fopen64");
    const char *there = in_its_place(path);
    return real(there ? there : path, mode);
}

/* Returns in each copy. The copy ends when its owner closes the connection, by a signal. */
static void serve(int socket, int session)
{
    fflush(NULL);
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        struct pollfd asked[] = {{.fd = socket, .events = POLLIN}, {.fd = session}};
        if (poll(asked, 2, -1) < 0)
            continue; /* a signal */
        if (asked[1].revents)
            _exit(0); /* nobody is left who could ask */
        int owner = accept4(socket, NULL, NULL, SOCK_CLOEXEC), files[2];
        char control[CMSG_SPACE(sizeof files)];
        struct iovec text = {.iov_base = order, .iov_len = sizeof order - 2};
        struct msghdr message = {.msg_iov = &text,
                                 .msg_iovlen = 1,
                                 .msg_control = control,
                                 .msg_controllen = sizeof control};
        ssize_t size = recvmsg(owner, &message, 0);
        if (size <= 0 || !message.msg_controllen) {
            close(owner);
            continue;
        }
        memset(order + size, 0, sizeof order - size); /* of the last one */
        memcpy(files, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof files);

        pid_t copy = fork();
        if (!copy) {
            close(socket);
            close(session);
            signal(SIGCHLD, SIG_DFL);
            dup2(files[0], STDIN_FILENO);
            dup2(files[1], STDOUT_FILENO);
            dup2(files[1], STDERR_FILENO);
            take_files();
            copy = getpid();
            must(write(owner, &copy, sizeof copy) == sizeof copy, "its number");
            fcntl(owner, F_SETOWN, copy);
            fcntl(owner, F_SETFL, O_ASYNC);
        } else {
            close(owner);
        }
        close(files[0]);
        close(files[1]);
        if (copy == getpid())
            return;
    }
}

char *readline(const char *prompt)
{
    static unsigned asked, word;
    static char *(*real)(const char *);
    const char *stop = getenv("COPIES_STOP");
    char *line;

    if (asked < 3) {
        const char *const to_stop[] = {"lb %s", "c", "d 1"};
        must(asprintf(&line, to_stop[asked++], stop) > 0, "asprintf");
        return line;
    }
    if (!real) {
        serve(atoi(getenv("COPIES_SOCKET")), atoi(getenv("COPIES_SESSION")));
        real = (char *(*)(const char *))dlsym(RTLD_NEXT, "readline");
    }
    if (word == WORDS || strtoul(stop, NULL, 0) != BOOT_SECTOR)
        return real(prompt);
    must(asprintf(&line, "setpmem %#x 4 %#x", BOOT_SECTOR + 4 * word, boot_sector[word]) > 0,
         "setpmem");
    word++;
    return line;
}
