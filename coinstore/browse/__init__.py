"""The pages in which people look, ask and judge: `coinstore browse`.

`app` puts them together; each module has the pages of one subject, `templates` has their HTML, and `assets`
what a browser needs besides. What a page shows comes from SQL, with the rights of a reader.
"""
