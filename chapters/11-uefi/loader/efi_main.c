/* Where the firmware enters (UEFI specification, "EFI_IMAGE_ENTRY_POINT"): in long mode, with
 * all memory mapped onto itself. */

#include "uefi.h"

void loader_main(void);
uefi_status EFIAPI efi_main(void *image, struct uefi_system *system);

uefi_status EFIAPI efi_main(void *image, struct uefi_system *system)
{
    uefi = system;
    uefi_services = system->services;
    uefi_image = image;
    loader_main();
    return UEFI_LOAD_ERROR; /* not reached */
}
