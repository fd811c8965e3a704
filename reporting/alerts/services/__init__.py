"""What happened is found (`gather`), told in the portal and by letter (`letters`), and put away (`own`)."""
