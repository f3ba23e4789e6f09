"""A plan carried out in a twin of the user's tree and proven there; never touches the user's files."""
