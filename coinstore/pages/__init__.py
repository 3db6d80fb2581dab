"""Pages and pictures for people: self-contained files that read what the store holds."""
