//! `sandbox`: the preset and its exceptions.

use std::path::{Path, PathBuf};

use outlast_model::sandbox::{Preset, Sandbox};

use crate::defaults;
use crate::diagnostic::Diagnostic;
use crate::file::SandboxSetting;
use crate::read::Text;
use crate::report::Report;
use crate::resolve::service::resolved;
use crate::source::Located;

/// Each exception is a mount of its own, made at every start.
const MOST: usize = 32;

pub(super) fn resolve(
    setting: Option<Located<SandboxSetting>>,
    folder: &Path,
    report: &mut Report,
) -> Sandbox {
    let preset_only = |preset| Sandbox {
        preset,
        ..Sandbox::default()
    };
    let Some(Located { value, span }) = setting else {
        return preset_only(defaults::SANDBOX);
    };
    let keys = match value {
        SandboxSetting::Word(word) => return preset_only(word.0),
        SandboxSetting::Table(keys) => keys,
    };
    let preset = keys.preset.map(|preset| preset.value.0);
    if preset.is_none_or(|preset| preset == Preset::Off) {
        report.push(
            Diagnostic::error(span, "there is no sandbox to make exceptions from")
                .help("write { preset = \"default\", … } or { preset = \"strict\", … }"),
        );
    }
    let paths = |list: Option<Located<Vec<Located<Text>>>>| -> Vec<PathBuf> {
        let list = list.map(|list| list.value).unwrap_or_default();
        list.iter().map(|path| resolved(folder, path)).collect()
    };
    let (read, write) = (paths(keys.read), paths(keys.write));
    if read.len() + write.len() > MOST {
        report.push(
            Diagnostic::error(span, format!("there are more than {MOST} exceptions"))
                .help("name a folder that has several of them"),
        );
    }
    Sandbox {
        preset: preset.unwrap_or(defaults::SANDBOX),
        read,
        write,
    }
}
