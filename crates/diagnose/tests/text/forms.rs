//! Forms of blocks that no program here prints: other versions, loggers, systems.

use super::{found, row};

#[test]
fn every_form_is_understood_as_the_table_says() {
    let table = include_str!("forms.txt").replace('\r', "");
    let cases = table.split("%%\n").filter(|case| !case.is_empty());
    for case in cases {
        let (text, rows) = case.split_once("%=\n").expect("a text and its rows");
        let told: Vec<String> = found(text).iter().map(row).collect();
        assert_eq!(told, rows.lines().collect::<Vec<_>>(), "{text}");
    }
}
