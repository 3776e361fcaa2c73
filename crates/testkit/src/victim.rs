//! Finding the victim program.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

/// Where the victim program is.
///
/// Cargo builds the binaries of a package only for that package's own tests, so
/// this looks beside the running test (`target/PROFILE/deps/TEST` →
/// `target/PROFILE/outlast-victim`), and asks cargo for it when it is missing or
/// older than its source. Blocks meanwhile.
///
/// # Panics
/// When it is not there and cannot be built (no cargo, as under Wine): says the
/// command that builds it.
pub fn victim_path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(find)
}

fn find() -> PathBuf {
    let test = env::current_exe().expect("a running test knows its own path");
    let profile_dir = test
        .ancestors()
        .skip(1)
        .find(|dir| !dir.ends_with("deps") && !dir.ends_with("examples"))
        .expect("cargo puts tests into a folder of the target directory");
    let victim = profile_dir.join(format!("outlast-victim{}", env::consts::EXE_SUFFIX));
    if is_current(&victim) {
        return victim;
    }
    let arguments = build_arguments(profile_dir);
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(&cargo)
        .args(&arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    let is_built = built.as_ref().is_ok_and(std::process::ExitStatus::success);
    assert!(
        is_built || victim.exists(),
        "the victim program {} is not there, and building it failed ({built:?}); run: cargo {}",
        victim.display(),
        arguments.join(std::ffi::OsStr::new(" ")).display(),
    );
    victim
}

/// Whether it is there and no older than the sources, where those are (under
/// Wine, or on another machine, they are not).
fn is_current(victim: &Path) -> bool {
    let modified = |path: &Path| fs::metadata(path).and_then(|file| file.modified()).ok();
    let Some(built) = modified(victim) else {
        return false;
    };
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bin");
    let newest = fs::read_dir(sources)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| modified(&entry.path()))
        .max();
    newest.unwrap_or(SystemTime::UNIX_EPOCH) <= built
}

/// The profile and, for a cross build, the target are in the folder's path.
fn build_arguments(profile_dir: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = ["build", "--package", "outlast-testkit"]
        .into_iter()
        .chain(["--bin", "outlast-victim"])
        .map(OsString::from)
        .collect();
    if profile_dir.ends_with("release") {
        arguments.push("--release".into());
    }
    let mut target_dir = profile_dir.parent().unwrap_or(profile_dir);
    if let Some(target) = target_dir.file_name().and_then(|name| name.to_str())
        && target.starts_with(&format!("{}-", env::consts::ARCH))
    {
        arguments.extend(["--target".into(), target.into()]);
        target_dir = target_dir.parent().unwrap_or(target_dir);
    }
    arguments.push("--target-dir".into());
    arguments.push(target_dir.into());
    arguments
}
