//! Not observed on this system yet.

use outlast_model::Pid;
use outlast_model::evidence::Evidence;

pub(super) fn gather(_processes: &[Pid]) -> Option<Evidence> {
    None
}
