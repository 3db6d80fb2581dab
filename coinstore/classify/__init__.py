"""Classification: proposes values for coins that lack one; measured on whole groups that are held out."""
