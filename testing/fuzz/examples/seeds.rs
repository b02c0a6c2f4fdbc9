//! Writes what coverage-guided fuzzing begins with: `seeds FOLDER TARGET…`, a folder of inputs for each target.

use std::io;
use std::path::Path;

fn main() -> io::Result<()> {
    let mut words = std::env::args().skip(1);
    let folder = words.next().ok_or_else(|| io::Error::other("seeds FOLDER TARGET…"))?;
    for target in words {
        let folder = Path::new(&folder).join(&target);
        std::fs::create_dir_all(&folder)?;
        let seeds = cl_fuzz::seeds(&target);
        for (number, seed) in seeds.iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{number:04}")), seed)?;
        }
        println!("{target}: {} seeds", seeds.len());
    }
    Ok(())
}
