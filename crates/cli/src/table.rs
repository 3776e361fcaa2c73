//! A table for people.

/// Pads `rows` so that columns line up; the last column is left as it is. Cells
/// may have styles, which take no room.
pub(crate) fn lines(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| visible(cell))
            .max()
    };
    let widths: Vec<usize> = (0..columns)
        .map(|column| width(column).unwrap_or(0))
        .collect();
    rows.iter().map(|row| line(row, &widths)).collect()
}

fn line(row: &[String], widths: &[usize]) -> String {
    let mut text = String::new();
    for (cell, width) in row.iter().zip(widths) {
        text.push_str(cell);
        text.push_str(&" ".repeat(width.saturating_sub(visible(cell)) + 2));
    }
    text.trim_end().to_owned()
}

fn visible(cell: &str) -> usize {
    anstream::adapter::strip_str(cell)
        .map(|part| part.chars().count())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_take_no_room() {
        let red = crate::terminal::styled(crate::terminal::BAD, "ab");
        let rows = vec![
            vec!["x".to_owned(), "1".to_owned()],
            vec![red.clone(), "2".to_owned()],
        ];
        assert_eq!(lines(&rows), ["x   1".to_owned(), format!("{red}  2")]);
    }
}
