//! How a service is shut off from the rest of the system.
//!
//! Two things are never used, as they would take from a guardian what it needs:
//! `ProtectControlGroups=` (each service has a control group) and, unless all is
//! to be shut off, whatever makes a mount namespace (a file system that a service
//! mounts would be seen by nobody else) or implies `NoNewPrivileges=` (sudo, ping
//! and the like would stop working in services).

use crate::definition::{Account, Definition, Sandbox, Scope};
use crate::fidelity::Fidelity;
use crate::manager::Error;

use super::text::{Place, spell_path};
use super::unit::Unit;

pub(super) fn sandbox(
    unit: &mut Unit,
    definition: &Definition,
    fidelity: &mut Fidelity,
) -> Result<(), Error> {
    match (definition.sandbox, definition.scope) {
        (Sandbox::Off, _) => Ok(()),
        (Sandbox::Modest, Scope::System) => {
            modest(unit);
            Ok(())
        }
        // A user's systemd has no right to take capabilities away.
        (Sandbox::Modest, Scope::User) => Ok(()),
        (Sandbox::Strict, Scope::System) => strict(unit, definition),
        (Sandbox::Strict, Scope::User) => {
            unit.set("NoNewPrivileges", "yes");
            fidelity.approximated(
                "sandbox",
                "a user's systemd cannot make the file system read-only: it only gets no new \
                 privileges",
            );
            Ok(())
        }
    }
}

/// Rights that root has and no service misses: loading kernel modules (the kernel
/// still loads what is needed by itself), halting the machine without asking
/// systemd, rewriting the rules of mandatory access control, process accounting.
/// Costs nothing at run time.
const NEEDLESS: &str = "~CAP_SYS_MODULE CAP_SYS_BOOT CAP_MAC_ADMIN CAP_MAC_OVERRIDE CAP_SYS_PACCT";

fn modest(unit: &mut Unit) {
    unit.set("CapabilityBoundingSet", NEEDLESS);
}

fn strict(unit: &mut Unit, definition: &Definition) -> Result<(), Error> {
    modest(unit);
    for key in [
        "NoNewPrivileges",
        "PrivateTmp",
        "PrivateDevices",
        "ProtectKernelTunables",
        "ProtectKernelModules",
        "ProtectKernelLogs",
        "ProtectClock",
        "RestrictSUIDSGID",
        "LockPersonality",
    ] {
        unit.set(key, "yes");
    }
    unit.set("ProtectSystem", "strict");
    // A dynamic user's folder is writable by `StateDirectory=`.
    if definition.account != Account::Dynamic
        && let Some(dir) = &definition.state_dir
    {
        unit.set("ReadWritePaths", &spell_path(dir, Place::PathWord)?);
    }
    Ok(())
}
