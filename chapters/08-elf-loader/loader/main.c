/* The loader: what to do, in running order. It is called in 64-bit mode, with memory
 * mapped onto itself. */

#include "address_space.h"
#include "boot.h"
#include "load_kernel.h"
#include "map_memory.h"
#include "room.h"

_Noreturn void enter_kernel(uint64_t boot_info, uint64_t stack_top, uint64_t pml4, uint64_t entry,
                            uint64_t bridge);

void loader_main(void);

void loader_main(void)
{
    struct memory_claims claims;
    struct boot_info boot_info = {.version = BOOT_INFO_VERSION, .size = sizeof boot_info};
    const uint64_t here = (uintptr_t)enter_kernel;

    boot_begin();
    const uint64_t entry = read_headers(boot_find_kernel(), &boot_info);
    boot_describe(&boot_info);
    boot_claim_memory(&claims);
    memory_resolve(&claims, &boot_info.memory);

    boot_info.kernel_physical = find_room(&boot_info.memory, boot_info.kernel_size);
    begin_address_space();
    load_segments(&boot_info);
    map_physical_memory(&boot_info);
    map_stack(&boot_info);
    map_pages(BRIDGE, round_down(here), PAGE_SIZE, PAGE_READ);

    enter_kernel(hand_over(&boot_info, &claims), KERNEL_STACK_TOP, address_space_root(), entry,
                 BRIDGE + (here - round_down(here)));
}
