//! Source files stay short enough to be read in one sitting.

/// No file is longer, in lines.
pub const HARD_CAP: usize = 800;
/// Half of the files are not longer, in lines.
pub const MEDIAN_CAP: usize = 200;

/// What [`measure`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The median length in lines, 0 if there are no files.
    pub median: usize,
    /// Files longer than [`HARD_CAP`], longest first.
    pub too_long: Vec<(String, usize)>,
    /// The five longest files, longest first.
    pub longest: Vec<(String, usize)>,
}

impl Report {
    /// Whether both caps hold.
    #[must_use]
    pub const fn fine(&self) -> bool {
        self.too_long.is_empty() && self.median <= MEDIAN_CAP
    }
}

/// Measures files, given as name and number of lines.
#[must_use]
pub fn measure(mut files: Vec<(String, usize)>) -> Report {
    files.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Report {
        median: files.get(files.len() / 2).map_or(0, |(_, lines)| *lines),
        too_long: files.iter().take_while(|(_, lines)| *lines > HARD_CAP).cloned().collect(),
        longest: files.iter().take(5).cloned().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(lines: &[usize]) -> Vec<(String, usize)> {
        lines.iter().map(|&n| (format!("{n}.rs"), n)).collect()
    }

    #[test]
    fn short_files_are_fine() {
        let report = measure(files(&[10, 800, 200, 100, 300]));
        assert!(report.fine());
        assert_eq!(report.median, 200);
        assert_eq!(report.longest[0], ("800.rs".to_owned(), 800));
    }

    #[test]
    fn one_long_file_is_found() {
        let report = measure(files(&[10, 801, 20]));
        assert!(!report.fine());
        assert_eq!(report.too_long, files(&[801]));
    }

    #[test]
    fn many_longish_files_are_found() {
        assert!(!measure(files(&[201, 201, 201, 5])).fine());
    }

    #[test]
    fn no_files_are_fine() {
        assert!(measure(Vec::new()).fine());
    }
}
