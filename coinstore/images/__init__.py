"""Images: photographs from untrusted files, read, hashed, decoded and described."""
