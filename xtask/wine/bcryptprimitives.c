/* ProcessPrng for Wine before version 9, which lacks bcryptprimitives.dll while Rust's standard library
 * asks it for random numbers. RtlGenRandom, exported by advapi32 as SystemFunction036, gives the same. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length)
{
    while (length > 0) {
        ULONG part = length > 0x10000000 ? 0x10000000 : (ULONG)length;
        if (!SystemFunction036(data, part))
            return FALSE;
        data += part;
        length -= part;
    }
    return TRUE;
}
