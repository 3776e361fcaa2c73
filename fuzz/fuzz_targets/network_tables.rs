//! The kernel's tables of routes and addresses: what is found stands there, one a line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outlast_os::network::tables::{Reach, addresses6, routes, routes6};

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.lines().count();
    let tables: [Vec<(Reach, &str)>; 3] = [
        routes(&text).collect(),
        routes6(&text).collect(),
        addresses6(&text).collect(),
    ];
    for table in &tables {
        assert!(table.len() <= lines, "one a line");
        for (_, interface) in table {
            assert!(!interface.is_empty() && !interface.contains(char::is_whitespace));
            assert!(text.contains(interface), "it stands there");
        }
    }
    // A line says the same wherever it stands.
    let each = text.lines().flat_map(routes);
    assert_eq!(each.collect::<Vec<_>>(), tables[0]);
    let near = |(reach, _): &(Reach, &str)| *reach == Reach::Near;
    assert!(!tables[1].iter().any(near) && tables[2].iter().all(near));
});
