"""Values rendered as text: every function returns a string, `console` alone prints."""
