//! Cycles among dependencies.

use crate::resolve::dependencies::Edge;

/// Cycles of `edges`, at least one of each knot of them, each beginning with
/// its first service in the file.
///
/// A walk in depth: whatever leads back to a service on the current path closes
/// a cycle. The path is kept by hand, because a file can hold chains that are
/// longer than the stack is deep.
pub(super) fn find(edges: &[Vec<Edge>]) -> Vec<Vec<usize>> {
    let mut cycles = Vec::new();
    let mut marks = vec![Mark::New; edges.len()];
    for start in 0..edges.len() {
        if marks[start] == Mark::New {
            walk(start, edges, &mut marks, &mut cycles);
        }
    }
    cycles
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    /// On the path, at this depth.
    Open(usize),
    Done,
}

fn walk(start: usize, edges: &[Vec<Edge>], marks: &mut [Mark], cycles: &mut Vec<Vec<usize>>) {
    let mut path = vec![(start, edges[start].iter())];
    marks[start] = Mark::Open(0);
    while let Some((node, rest)) = path.last_mut() {
        let Some(edge) = rest.next() else {
            marks[*node] = Mark::Done;
            path.pop();
            continue;
        };
        match marks[edge.to] {
            Mark::Done => {}
            Mark::Open(depth) => {
                if cycles.len() < crate::Diagnostics::MAX {
                    cycles.push(rotated(path[depth..].iter().map(|step| step.0).collect()));
                }
            }
            Mark::New => {
                marks[edge.to] = Mark::Open(path.len());
                path.push((edge.to, edges[edge.to].iter()));
            }
        }
    }
}

fn rotated(mut cycle: Vec<usize>) -> Vec<usize> {
    let first = (0..cycle.len()).min_by_key(|&index| cycle[index]);
    cycle.rotate_left(first.unwrap_or(0));
    cycle
}
