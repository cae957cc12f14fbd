"""What a page sends, read into the documents of this room: nothing typed is lost when something needs another look."""
